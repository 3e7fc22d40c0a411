module broadsheet/cmd/broadsheet

go 1.26

require (
	broadsheet/pkg v0.0.0
	broadsheet/services/console v0.0.0
	broadsheet/services/index v0.0.0
	broadsheet/services/ingest v0.0.0
	broadsheet/services/parse v0.0.0
)

replace (
	broadsheet/pkg => ../../pkg
	broadsheet/services/console => ../../services/console
	broadsheet/services/index => ../../services/index
	broadsheet/services/ingest => ../../services/ingest
	broadsheet/services/parse => ../../services/parse
)
