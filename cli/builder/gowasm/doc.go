// Package gowasm changes modules that Go has compiled for WebAssembly, so that those who compile them for a machine make better
// code of them: jumps are jumps, what is accessed at one base is checked once, a short copy is loads and stores, and hints say what
// seldom runs. What a module does stays the same.
//
// It knows what Go 1.26 makes; a function of another form is left as it is. Where a change rests on what Go does not do, such as
// going on at a place that no function has stored, the module ends with a trap if it is done all the same.
package gowasm
