// Package architecture holds the rules of the code base that a compiler does not
// check. They are tests; there is nothing to import.
package architecture
