// Package postgres has PostgreSQL itself judge how the postgres parser reads SQL: PostgreSQL's own parser says which tables
// and functions a text has, and its servers say which keywords and functions there are. Its tests have the build tag e2e;
// test/deps/postgres and test/deps/postgres-suite bring what they need.
package postgres
