// Validates an AsyncAPI document with the parser of the AsyncAPI Initiative:
// against the specification's schema, with all references and examples.
//
//   node validate.js asyncapi.yaml
import { readFile } from 'node:fs/promises'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], 'utf8'))
for (const d of diagnostics) console.log(`${d.path.join('.')}: ${d.message}`)
if (!document || diagnostics.length > 0) process.exit(1)
console.log(`valid: AsyncAPI ${document.version()}, ${document.channels().all().length} channels, ${document.operations().all().length} operations, ${document.messages().all().length} messages`)
