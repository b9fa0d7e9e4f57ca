// The yardstick of one-shot commands: a program that does nothing else.
console.log(1);
