// Package swar looks at eight bytes of text at once, as the bytes of one machine word (SIMD within a register). Results are
// masks: the highest bit of a byte is set where something holds for it.
//
// What justifies it: BenchmarkLog of accesslog, BenchmarkFile of accesslog/sink, BenchmarkRequestAndReply of
// parsers/memcache.
package swar
