// Package wasm tests the Proxy-Wasm plugin: in an emulator of Envoy's interface, with the transcripts of all parsers, and in
// real Envoys before real servers.
package wasm
