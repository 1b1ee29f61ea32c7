// For people who asked their system for less motion, pictures that come into being change every two seconds at most.

const STILL = 2000; // milliseconds

function calm(wait) { return matchMedia("(prefers-reduced-motion: reduce)").matches ? Math.max(wait, STILL) : wait; }
