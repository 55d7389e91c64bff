// Tells the service manager how it goes, where there is one (systemd's Type=notify and watchdog).
#ifndef HEIYAN_APP_NOTIFY_H
#define HEIYAN_APP_NOTIFY_H

// "READY=1", "WATCHDOG=1", "STOPPING=1", "RELOADING=1"... Does nothing outside a service. Any
// thread.
void notify_manager(const char *state);

#endif
