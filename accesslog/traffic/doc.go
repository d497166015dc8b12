// Package traffic is for readers of the access log: entries of any number of libraries in one form, what they say of the
// verdict, and metrics of them.
package traffic
