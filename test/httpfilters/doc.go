// Package httpfilters runs HTTP filters of package httpfilter in a stock Envoy: those of the examples with the examples' own configurations, and
// one that does what a request asks for. Build tag e2e.
package httpfilters
