module broadsheet/services/parse

go 1.26

require broadsheet/pkg v0.0.0

replace broadsheet/pkg => ../../pkg
