// Package rest is the HTTP interface of a policy server. The file openapi.yaml describes it, and is served with it.
package rest
