package hostlink

import "fmt"

// functions is filled by the init function of proxylib and read-only afterwards.
var functions = map[string]any{}

// Provide registers a function of proxylib under a name. It is meant to be called from an init function; a name that is
// taken is a programming error and panics.
func Provide(name string, function any) {
	if _, taken := functions[name]; taken {
		panic(fmt.Sprintf("hostlink: function %s is provided twice", name))
	}
	functions[name] = function
}

// Function returns the function with the name, of type F. It is meant to initialize package-level variables, so that a
// missing function or another type, programming errors that panic, are found when any program starts.
func Function[F any](name string) F {
	function, ok := functions[name].(F)
	if !ok {
		panic(fmt.Sprintf("hostlink: function %s is a %T, want a %T", name, functions[name], function))
	}
	return function
}
