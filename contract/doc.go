// Package contract is what other programs may rely on: the JSON Schemas of every
// event, made from the Go types by the package generate below it, and the checks
// that hold them against what is published.
//
// A new event type needs a row in Types, an event in golden/ and
//
//	go generate broadsheet/contract
package contract

//go:generate go run broadsheet/contract/generate
