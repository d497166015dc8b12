// Package cassandra tests the cassandra parser between real drivers and a real server. The tests run where the variable
// PROXYLIB_CASSANDRA says which: a version that the script server knows how to start, or the address of a server that
// runs. The drivers of Python are those of the interpreter that PROXYLIB_PYTHON names; it needs the packages
// cassandra-driver, lz4 and python-snappy.
package cassandra
