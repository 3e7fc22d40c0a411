// Keeps a CSV file equal to what Broadsheet shows, through updates and
// withdrawals. It may be killed at any time: the file says itself how far it has
// come, and is replaced as a whole.
//
//   node keep-copy.js copy.csv
import { open, readFile, rename } from 'node:fs/promises'
import { DeliverPolicy, jetstream } from '@nats-io/jetstream'
import { PARSED, STREAM, answered, body, connect, csvLine, headline, parseCSV } from './broadsheet.js'

const COLUMNS = ['uri', 'status', 'version', 'headline', 'body', 'sequence', 'stream_sequence']
const path = process.argv[2]

// An article that was withdrawn keeps its row without its content, so that an
// older event that comes late is known to be older.
const rows = new Map()
let position = 0
const text = await readFile(path, 'utf8').catch(err => { if (err.code === 'ENOENT') return ''; throw err })
for (const row of parseCSV(text).slice(1)) {
  rows.set(row[0], row)
  position = Math.max(position, Number(row[6]))
}

function apply (event, place) {
  const { subject: uri, sequence, data } = event
  const old = rows.get(uri)
  if (old && old[5] > sequence) rows.set(uri, [...old.slice(0, 6), place]) // an older event: only the position moves
  else if (event.type === PARSED) rows.set(uri, [uri, 'live', data.version, headline(data), body(data), sequence, place])
  else rows.set(uri, [uri, 'withdrawn', '', '', '', sequence, place])
}

async function save () {
  const file = await open(path + '.new', 'w')
  await file.writeFile([COLUMNS, ...[...rows.keys()].sort().map(uri => rows.get(uri))].map(csvLine).join(''))
  await file.sync()
  await file.close()
  await rename(path + '.new', path)
}

const nc = await connect('keep-copy')
// The library's ordered consumer: in order and without a gap, over outages too.
const consumer = await answered(() => jetstream(nc).consumers.get(STREAM, {
  filter_subjects: 'articles.>', deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position + 1
}))
let unsaved = 0
for await (const m of await consumer.consume()) {
  apply(m.json(), m.seq)
  unsaved++
  if (unsaved < 500 && m.info.pending > 0) continue // save once for all that is there
  await save()
  unsaved = 0
  console.log(m.seq)
}
