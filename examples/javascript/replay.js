// Prints the articles of a month as they are now, as CSV.
//
//   node replay.js 2022-10
import { jetstream } from '@nats-io/jetstream'
import { PARSED, STREAM, answered, connect, csvLine, headline } from './broadsheet.js'

const month = process.argv[2]
const nc = await connect('replay')
const consumer = await answered(() => jetstream(nc).consumers.get(STREAM, { filter_subjects: 'articles.>' }))
const articles = new Map()
if ((await consumer.info()).num_pending > 0) {
  for await (const m of await consumer.consume()) {
    const event = m.json()
    if (event.subject.split(':')[4].startsWith(month + '-')) {
      // The newest event of an article counts; one that is not parsed takes it away.
      if (event.type === PARSED) articles.set(event.subject, event.data)
      else articles.delete(event.subject)
    }
    if (m.info.pending === 0) break
  }
}
for (const uri of [...articles.keys()].sort()) {
  const article = articles.get(uri)
  process.stdout.write(csvLine([uri, article.version, headline(article)]))
}
await nc.close()
