// Package oracle asks real servers what they have executed. It sends hostile streams through a parser under a policy
// that allows one prefix of keys, and then looks at the server: nothing that the policy forbids may have had an effect,
// and nothing that it hides may have come back to the client. What a parser believes a stream to be and what the server
// makes of it are so compared without anybody having to know the answer beforehand.
//
// Streams are made from a number, the seed. Those that have ever had a forbidden effect are in testdata/streams, and are
// sent first each time. The tests have the build tag e2e; "make oracle" runs them for as long as one likes.
package oracle
