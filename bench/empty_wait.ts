// The yardstick of programs that stay: one that only waits.
setTimeout(() => {}, 1000);
