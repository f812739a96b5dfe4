import { workerData } from 'node:worker_threads'
import { writeLostMailHere } from './files.ts'

await writeLostMailHere(workerData)
