package segment

import "strings"

// Patterns that are but words are lists of them: a pattern of many words costs twenty
// times as much.

// beginnings are words that a text begins with one of.
type beginnings []string

func (w beginnings) match(text string) bool {
	for _, word := range w {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// endings are words that a text ends with one of.
type endings []string

func (w endings) match(text string) bool {
	for _, word := range w {
		if strings.HasSuffix(text, word) {
			return true
		}
	}
	return false
}

// containsAny reports a text that has one of the words.
func containsAny(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// words splits a list that is written as alternatives.
func words(list string) []string { return strings.Split(list, "|") }
