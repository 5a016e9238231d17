//! The page on orders: LIVE CONTROL.

/// Its text.
pub const PAGE: &str =
    "`--control` PATH makes a socket at PATH that only its user may use, or reads the named pipe that is there. Each line that \
         is written to it is an order: bare words, or a record, as {\"verb\":\"jobs\",\"jobs\":4}. At a socket each is answered by a \
         line, a record `answer`, with `ok` where it was carried out, else `error`, and with how the run stands. Through a pipe nothing comes back: errors, and what \
         status has to say, are on the run's standard error. `pgrun --ctl PATH ORDER` sends one and prints the answer; with \
         --ctl the operands are an order, never a command, and nothing is run. Its status is 0, or 255 where the order was not carried out.

status  how the run stands
jobs N  N slots from now on: -j auto and --tune look for no better ones then; what runs beyond them is let end
pause resume  nothing is started until resume; what runs goes on
drain  nothing more is started; the run ends when what runs has, and its status tells of what was run. --log with --resume runs the rest
profile P  the slots of a profile that comes with pgrun (dev, prod, ci, lowmem, cloudvm); what else it says holds from a run's beginning only

A socket that a killed run has left is taken over; where another run listens, or something else is there, this one does not begin. \
         Who does not read its answers is left when 64 KiB of them wait; 32 may be connected at a time. SIGUSR1 and SIGUSR2 \
         add and take a slot in the same way, without all that. `pgmon` can give orders: `pgmon --alert 'mem > 90% for 10s' --on-alert 'pgrun --ctl /run/me/job pause'`.";
