// Package nack is the form in which the library and its policy server speak of the refusal of an update: a
// google.rpc.Status whose details name the resources that are refused (google.rpc.BadRequest), and say that the others are
// in force (google.rpc.ErrorInfo). A program that does not know the details reads the message.
package nack
