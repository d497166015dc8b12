// Package httpfiltertest runs registered HTTP filters in tests, in a proxy that is simulated: it holds and passes messages, bodies and trailers as
// Envoy does.
package httpfiltertest
