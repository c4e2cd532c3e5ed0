// Serves a document with @scalar/mock-server, as its documentation shows: node scalar.mjs DOCUMENT PORT
import { readFile } from 'node:fs/promises'
import { serve } from '@hono/node-server'
import { createMockServer } from '@scalar/mock-server'

const [path, port] = process.argv.slice(2)
const app = await createMockServer({ document: await readFile(path, 'utf8'), logger: false })
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) })
