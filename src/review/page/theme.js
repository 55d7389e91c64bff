// Sets theme and language on the page before its first paint, so that nothing flashes.
'use strict';
(() => {
    const root = document.documentElement;
    let theme = null;
    let language = null;
    try {
        theme = JSON.parse(localStorage.getItem('heiyan.theme'));
        language = JSON.parse(localStorage.getItem('heiyan.language'));
    } catch {
        // nothing kept: the system's theme, Chinese
    }
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
        root.dataset.theme =
            theme === 'dark' || theme === 'light' ? theme : dark.matches ? 'dark' : 'light';
    };
    root.lang = language === 'en' ? 'en' : 'zh-CN';
    apply();
    dark.addEventListener('change', apply);
    addEventListener('heiyan:theme', (event) => {
        theme = event.detail;
        apply();
    });
})();
