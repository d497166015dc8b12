// Package envoyconfig writes configurations of Envoy with the filter: a whole bootstrap, and what meshes and clusters take.
package envoyconfig
