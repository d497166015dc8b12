// Package filewatch reads a file, or the files of a directory, again whenever what they hold has changed.
//
// A change is seen however it is made: in place, by rename, by a link on the way that leads elsewhere, by a folder that
// is moved or made again. Every folder that the path leads through is watched with inotify, and so are the files
// themselves; besides, the package looks every two seconds, so that it works without inotify as well. It speaks
// inotify itself because it must know when a writer has closed a file, which portable libraries do not report.
//
// A file is read once its writer is done: it was closed after writing, or renamed to its place; a file of which neither
// is known is read after it has been unchanged for a second. What was read while it changed is dropped and read again.
package filewatch
