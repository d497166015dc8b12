// Package live has what libraries send to the policy server: who they are, how they are, and the entries of their access
// logs. The last entries are kept for those who ask, and new ones go to those who follow.
package live
