// Package policyserver stores policies and endpoints, and serves what proxies enforce.
//
// A change comes from the API or from a directory. It is checked and compiled as a whole, stored, and only then handed to
// proxies. A change that is refused changes nothing, and its reason can be seen in the status.
package policyserver
