// Package listen opens the listeners of a policy server, and refuses to open those that would admit anyone.
package listen
