// Package ingest takes newspaper pages in. A page comes by HTTP or over NATS;
// either way it is checked, its bytes are stored as an object named by their
// sha256, and a revision is added to the page's registry entry. Only then is the
// upload acknowledged with a receipt. Whoever sends the same upload again gets
// the same receipt.
//
// # HTTP
//
//	PUT  /v1/pages/{publication}/{date}/{edition}/{page}
//	POST /v1/pages
//	POST /v1/issues/{publication}/{date}
//
// PUT takes one page, its body being the page's bytes. It answers 201 with a
// receipt (newspaper.Receipt) for a new revision, 200 for what was known.
// Request headers, all optional: Content-Type; Broadsheet-Upload-Id or
// Idempotency-Key, which makes a repeated request the same upload;
// Broadsheet-Supersede: true, which makes known bytes a new revision; Traceparent.
//
// A page may come as its articles, one JSON object a line, when it is declared as
// newspaper.ArticlesType.
//
// POST takes many pages as multipart/form-data (see partKey for how a part says
// which page it is). It answers 200 when all of them were taken, otherwise 207,
// with a Verdict for each part in the order of the parts. A part may carry the
// headers of PUT; what it lacks is taken from the request.
//
// POST of an issue says which pages that day's paper has, by edition, so that it
// is known when all are there: {"editions": {"main": ["01", "02"]}}. With "add":
// true they come to those announced before. It answers 201 with the announcement
// in force (newspaper.Announcement), 200 when it says nothing new.
//
// Errors are problem documents (fault.Problem, RFC 9457). 503 and 507 come with
// Retry-After.
//
// # NATS
//
// The bytes are published on uploads.<publication>.<date>.<edition>.<page> with
// JetStream, with the same headers and Broadsheet-Receipt-To, the subject that
// gets the receipt or the problem. A refused upload becomes a dead letter that
// keeps its bytes.
package ingest
