// Package xds serves resources by the discovery protocol, state of the world and delta.
//
// State of the world responds with all resources at once, since a client of NPDS takes what is missing for removed. Each
// stream has at most one response on its way, so a slow client skips versions instead of queueing them. What a client
// refuses is remembered with its reason, and offered again together with the next change.
package xds
