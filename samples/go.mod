module broadsheet/samples

go 1.26.0

require (
	broadsheet/pkg v0.0.0
	github.com/goccy/go-yaml v1.19.2
	golang.org/x/text v0.44.0
)

replace broadsheet/pkg => ../pkg
