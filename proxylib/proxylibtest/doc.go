// Package proxylibtest has the helpers that tests of parsers written for Cilium's proxylib use, under the same names and
// with the same arguments, on the types of this module. docs/porting.md says what such a test has to change.
//
//	instance := proxylibtest.NewInstance("node1", server)
//	instance.CheckInsertPolicyText(t, "1", []string{text})
//	conn := instance.CheckNewConnectionOK(t, "myproto", true, 1, 2, "1.1.1.1:34567", "10.0.0.2:80", "10.0.0.2")
//	conn.CheckOnDataOK(t, false, false, &data, []byte("ERROR\r\n"), proxylib.DROP, len(data[0]))
//
// New tests use package parsertest, which plays a transcript in every segmentation and through each kind of host.
package proxylibtest
