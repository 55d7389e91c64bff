"""A bad line: a network namespace that is reached only through this process, which loses and delays IP packets.

What tc netem does, which not every kernel has; this needs root and /dev/net/tun.
"""
import contextlib
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time

from live import flow

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise flow.Skip(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def tunnel(name):
    try:
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as why:
        raise flow.Skip(f"/dev/net/tun: {why}") from None
    return device


class Line:
    """.inside: what a command in the namespace begins with; .far: its address. Set .loss (0..1), .delay_s of what comes
    from there, and .cut at any time."""

    def __init__(self):
        self.name = f"heiyan{os.getpid()}"
        self.inside = ("ip", "netns", "exec", self.name)
        number = os.getpid() % 16384
        near, self.far = (f"198.18.{number // 64 % 256}.{number % 64 * 4 + end}" for end in (1, 2))
        self.loss, self.delay_s, self.cut = 0.0, 0.0, False
        ends = [f"hy{os.getpid()}{end}" for end in "ab"]
        self.here, self.there = map(tunnel, ends)
        self.open = True
        ip("netns", "add", self.name)
        ip("link", "set", ends[1], "netns", self.name)
        for prefix, device, own, peer in (((), ends[0], near, self.far),
                                          (("-n", self.name), ends[1], self.far, near)):
            ip(*prefix, "addr", "add", own, "peer", peer, "dev", device)
            ip(*prefix, "link", "set", device, "up")
        self.thread = threading.Thread(target=self._carry)
        self.thread.start()

    def _carry(self):
        late, count = [], 0
        while self.open:
            ready, _, _ = select.select([self.here, self.there], [], [], 0.005)
            for device in ready:
                with contextlib.suppress(BlockingIOError):
                    packet = os.read(device, 2000)
                    if not self.cut and random.random() >= self.loss:
                        due = time.monotonic() + (self.delay_s if device == self.there else 0)
                        heapq.heappush(late, (due, count, self.here if device == self.there else self.there, packet))
                        count += 1
            while late and late[0][0] <= time.monotonic():
                _, _, device, packet = heapq.heappop(late)
                with contextlib.suppress(OSError):
                    os.write(device, packet)

    def close(self):
        self.open = False
        self.thread.join()
        os.close(self.here)
        os.close(self.there)
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


@contextlib.contextmanager
def line():
    if os.getuid():
        raise flow.Skip("network namespaces need root")
    joined = Line()
    try:
        yield joined
    finally:
        joined.close()
