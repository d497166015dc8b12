#ifndef PROXYLIB_GUEST_H
#define PROXYLIB_GUEST_H

// Makes all signal handlers that are installed now run on alternate stacks, where a thread has one.
void proxylib_guest_use_alt_signal_stacks(void);

// Does so at the first call only. Later calls cost next to nothing.
void proxylib_guest_use_alt_signal_stacks_once(void);

#endif
