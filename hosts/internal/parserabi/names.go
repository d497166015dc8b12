package parserabi

// Module is the module of the functions that the library provides to a parser.
const Module = "proxylib"

// Functions of the library.
const (
	FunctionDecide  = "decide"
	FunctionAsk     = "ask"
	FunctionLog     = "log"
	FunctionSetUser = "set_user"
)

// Exports of a parser.
const (
	// ExportVersion is there to say which version of the interface the parser speaks.
	ExportVersion   = "proxylib_abi_1"
	ExportDescribe  = "proxylib_describe"
	ExportArea      = "proxylib_area"
	ExportBuffer    = "proxylib_buffer"
	ExportConfigure = "proxylib_configure"
	ExportRule      = "proxylib_rule"
	ExportMatch     = "proxylib_match"
	ExportOpen      = "proxylib_open"
	ExportData      = "proxylib_data"
	ExportPrompt    = "proxylib_prompt"
	ExportClose     = "proxylib_close"
)

// Questions of FunctionAsk.
const (
	AskConcerned = iota
	AskUnrestricted
)

// Bits of what FunctionDecide returns.
const (
	Allowed = 1 << iota
	Audited
)

// Bits of the first parameter of ExportData.
const (
	Reply = 1 << iota
	EndStream
)

// Results of ExportOpen and ExportData, as those of the C interface.
const (
	OK          = 0
	PolicyDrop  = 1
	ParserError = 2
)
