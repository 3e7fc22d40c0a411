// Package examples has programs that use Broadsheet's events, in Go, Python and
// JavaScript; docs/consuming.md explains them. The tests run every one of them
// against a real server, with kill -9 in the middle.
package examples
