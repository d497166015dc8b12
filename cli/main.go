package cli

import "github.com/spf13/cobra"

// Main runs the command that the arguments of the process name, and returns the code with which the process is to end. It
// is called once, by func main.
func Main() int { return exitCode(execute(newCommand())) }

// Command returns the root of all commands, a new one for each call, for programs that write their manual.
func Command() *cobra.Command { return newCommand() }
