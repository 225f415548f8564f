#pragma once

namespace zerocell {

/// Seconds that an interrupted run has to end by itself, keeping what is finished.
constexpr unsigned kSecondsToEnd = 20;

/// What the program, and no library, may set for its whole process: memory beyond what the machine has is
/// refused at once, as an error that can be told, where the system would end the program later; an alarm that
/// goes off ends the program as an interruption does; and the end of the program passes over the clean-up of
/// OpenBLAS, which waits for threads that got no memory.
void set_process_limits();

}  // namespace zerocell
