// Package newcomer goes the way of somebody who has a protocol of their own: from an empty folder to a stock Envoy that
// refuses requests by two new parsers, with nothing but the command line. The pages for newcomers are followed word by word.
package newcomer
