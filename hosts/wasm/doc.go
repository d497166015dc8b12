// Package wasm is the host in a Proxy-Wasm plugin, a network filter of Envoy's: exports that Envoy calls, and the connections
// and configurations behind them. It is linked into a module by GOOS=wasip1 GOARCH=wasm -buildmode=c-shared.
//
// The plugin can send to one side only while Envoy shows it bytes of the other: see [datapath.NewInTurns]. A virtual machine
// has one thread. No goroutine is started: it would run only during calls.
//
// Source: https://github.com/proxy-wasm/spec, version 0.2.1, and Envoy's network filter of this name, 1.33 to 1.40.
package wasm
