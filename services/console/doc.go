// Package console shows what happens: the ledger of every page, the balance of
// everything received, dead letters with a retry, and live pages for people. It
// reads every stream and decides nothing; all it writes is what a person asks
// for with a button.
package console
