package cli

// Main runs the command that the arguments of the process name, and returns the code with which the process is to end. It
// is called once, by func main.
func Main() int { return exitCode(execute(newCommand())) }
