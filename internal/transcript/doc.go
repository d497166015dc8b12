// Package transcript reads conversations of a client and a server, and what comes of them, from text, and writes what
// comes of them back.
//
// A text has settings that hold for all its cases, and then cases, each with settings of its own and events:
//
//	parser: r2d2
//	policy: cmd=READ file=^public/
//	  cmd=HALT
//
//	== a denied request is answered in its turn
//	> READ secret\r\n
//	! client DROP 13
//	= Denied r2d2 cmd=READ file=secret
//	<< ERROR\r\n
//
// Lines that begin with # and empty lines are skipped. A line that begins with white space continues the setting, or the
// bytes, of the line before. A text without a line that begins with == is one case.
package transcript
