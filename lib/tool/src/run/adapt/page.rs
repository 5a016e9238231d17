//! The page's section.

/// How many are found best.
pub const THROTTLE: (&str, &str) = (
    "THROTTLE",
    "With `-j auto` nobody has to choose how many commands run at once. The run begins with the slots of mixed \
         work, one and a half a CPU, and looks a few milliseconds later what the commands do. Where they wait, for \
         a clock, a server or a network, twice as many run at once, and again, until the CPUs or the disk have \
         enough to do. Of commands that crowd each other somewhere else, in memory or at a server, nothing shows \
         before they end: so the number doubles once in 0.12 s until the first has ended, and then each time two \
         have ended that were started at the last number. Where they take so much longer that no more is done, or \
         none ends in 2.5 times the time that one took, it is the number before again. It is not doubled beyond \
         what the memory holds if each command takes twice of what it has taken so far. Then it measures: by Little's law the operations that end in a second are those that run \
         divided by the time that one takes. Each further change is an experiment. It is kept if more is done by more \
         than the noise, or if as much is done by fewer; else it is undone. So the smallest number within a few percent \
         of the best is found, and is followed when it moves.

Each change is a record `throttle.change` with its reason; `-v` says it, too. Never fewer than the least nor \
         more than the most of `-j auto:LEAST..MOST` (numbers, or `3n` for three a CPU) run, by default from 1 to 32, or three a CPU where that is more. \
         There are no more slots for commands that compute while the CPUs are busy for more than 90 % of the time, or tasks \
         stand still for want of a CPU for 70 % of it (where the kernel does not tell that: two for each CPU want to \
         run), nor for any while less than 10 % of the memory is available; there are a quarter fewer where that falls below 5 %, or where tasks \
         stand still for memory for a fifth of the time (/proc/pressure). Whatever the kernel says, or does not say, \
         a wrong figure costs time and nothing else.

aggressive  by what the commands do, then up to twice as many at a time; a gain counts from one standard error
conservative  by what is measured alone, half as many more at a time; a gain counts from one and a half
stepwise  once in a period: two more while the CPUs are busy for less than half of the time and operations are no \
         slower than they were, one fewer when the CPUs are busy for more than 90 % or operations are slow

Without `--adapt` it begins as aggressive does, and is conservative where the times of single operations differ by \
         more than 15 %. `--no-adapt` keeps the slots that it begins with. Operations of which one takes much longer than \
         the other are told apart by their command, the numbers in it left out, or by the label `family`.

With `-j cpu=2,wait=16` there are two kinds of places: 2 for operations that compute, and 16 for operations \
         that wait, for a clock, a disk, a server. Which is which is measured. What runs is looked at 10 ms after its \
         start, and again when it has run half as long again; what two looks in a row agree on decides of which kind its \
         place is. What has ended says what its family mostly does, by the share of its time for which it wanted a CPU: \
         above 70 % it computes (once it is known, 60 % or 80 % have to be passed to change that). A family is the same \
         command with other numbers in it, or the label `family`. What is not known yet is taken to compute; where all \
         places of that kind are taken, one of it at a time is tried beside them. Lines are read ahead, up to 4096, until one \
         is of a kind of which a place is free. Each part may be any form of `-j` that is a number, or a formula; \
         `cpu=` is the number of CPUs where it is left out, `wait=` 32. What was found of a family is a record \
         `throttle.change` with the slots unchanged; `-v` says it, too; time that was waited for a place of a kind is \
         `slot:cpu` or `slot:wait` in `blocked_s`.

Several runs see each other by what they do to the machine. With `--share NAME` they divide the slots of \
         `-j`, or the most of `-j auto`, evenly while they live; each has at least one.",
);
