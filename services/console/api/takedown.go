package api

import (
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// Takedown asks for an article or a page to be withdrawn, reinstated or erased.
type Takedown struct {
	URI    string `json:"uri,omitempty"`   // an article; or
	Key    string `json:"key,omitempty"`   // a page: publication/date/edition/page
	Reason string `json:"reason"`          // for readers
	Until  string `json:"until,omitempty"` // a withdrawal's end, YYYY-MM-DD
}

// Taken says that it will be done.
type Taken struct {
	Action event.Action      `json:"action"`
	Key    newspaper.PageKey `json:"key"`
	URI    string            `json:"uri,omitempty"`
	Run    string            `json:"run"`    // of the command, as in the audit log
	Follow string            `json:"follow"` // path of the page's fate
}

// AuditLog is the audit log, oldest first.
type AuditLog struct {
	Entries []event.Audit `json:"entries"`
}
