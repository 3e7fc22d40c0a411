// Package crashtest kills the all-in-one with SIGKILL at random moments while it
// takes pages, and checks that nothing is lost and nothing is doubled. It has
// tests only; `make crash` runs more rounds of them.
package crashtest
