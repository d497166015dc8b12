package parserabi

// Places in the area that both sides read and write, from its address. The library writes those before AreaState before each
// call about a connection, the parser the others before it returns.
const (
	// AreaHost is a number of 32 bits, see the bits below. AreaHeldLimit is how many bytes of one direction the host holds.
	AreaHost      = 0
	AreaHeldLimit = 4
	// AreaInjected are the lengths of the two inject buffers, that toward the server first; AreaCapacity are their capacities.
	AreaInjected = 8
	AreaCapacity = 16
	// AreaState is a number of 32 bits, see the bits below.
	AreaState = 24
	// AreaOps is how many operations there are.
	AreaOps = 28
	// AreaFailure is the length of the text that says why the connection has to be closed, or is about to be.
	AreaFailure = 32
	// AreaLastWords is how many bytes of last words have been injected.
	AreaLastWords = 36
	// AreaPassed, AreaAudited and AreaDenied count requests since the connection was opened, 64 bits each.
	AreaPassed  = 40
	AreaAudited = 48
	AreaDenied  = 56
	// AreaHeldBytes is how many bytes the parser may need before it can decide; written when a connection is opened.
	AreaHeldBytes = 64
	// AreaRule and AreaReason are the lengths of texts of the verdict, which the library writes; AreaTexts are these texts.
	AreaRule   = 68
	AreaReason = 72
	// AreaMaxOps is how many operations the host takes.
	AreaMaxOps = 76
	// AreaList are the operations: a code and a length of 64 bits each.
	AreaList = 80
	// AreaFailureText is the text, AreaTexts those of a verdict, AreaBuffers are the two inject buffers.
	AreaFailureText = AreaList + MaxOps*16
	AreaTexts       = AreaFailureText + MaxFailure
	AreaBuffers     = AreaTexts + MaxTexts
	// AreaBytes is the length of the area.
	AreaBytes = AreaBuffers + 2*MaxInjected
)

// Limits of what is in the area.
const (
	MaxOps      = 16
	MaxFailure  = 256
	MaxTexts    = 1024
	MaxInjected = 1024
)

// Bits of AreaHost.
const (
	CanWait = 1 << iota
	Flushes
	InTurns
	CanStartTLS
	// StartsTLS: the host has not begun TLS yet.
	StartsTLS
)

// Bits of AreaState.
const (
	Waiting = 1 << iota
	StartTLS
	// Closing: the connection is closed after what is owed.
	Closing
	// ClosedLogged: the parser has written the entry that says that the connection is closed.
	ClosedLogged
	// Failed: the connection has to be closed now.
	Failed
	// Panicked: the parser has panicked.
	Panicked
)
