#ifndef PROXYLIB_GUEST_H
#define PROXYLIB_GUEST_H

// Makes all signal handlers that are installed now run on alternate stacks, where a thread has one.
void proxylib_guest_use_alt_signal_stacks(void);

// Does so at the first call only. Later calls cost next to nothing.
void proxylib_guest_use_alt_signal_stacks_once(void);

// Has the kernel wake the calling thread from timed waits as it did before the library was loaded, from now on. It is
// for threads of Go that work for somebody who waits: they are the ones that the next such work is handed to, with a
// short sleep. Later calls cost next to nothing.
void proxylib_guest_wake_in_time(void);

#endif
