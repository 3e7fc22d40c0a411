// Prints every event about an article, one a line, and goes on where it was when
// it is started again: the server remembers that by the name.
//
//   node follow.js my-name
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { STREAM, answered, connect } from './broadsheet.js'

const name = process.argv[2]
const nc = await connect('follow')
// One unacknowledged event at a time: strictly in order, after a crash as well.
// The server waits ack_wait before it hands an event out again.
const consumer = await answered(async () => {
  const manager = await jetstreamManager(nc)
  await manager.consumers.add(STREAM, { durable_name: name, filter_subject: 'articles.>', ack_policy: AckPolicy.Explicit, ack_wait: 10e9, max_ack_pending: 1 })
  return jetstream(nc).consumers.get(STREAM, name)
})
let handled = 0
for await (const m of await consumer.consume({ max_messages: 1 })) {
  if (m.seq > handled) { // else a killed server forgot our acknowledgement
    const event = m.json()
    console.log(m.seq, event.type, event.subject)
    handled = m.seq
  }
  await m.ackAck().catch(() => {}) // in an outage it comes again
}
