import type { Queue } from '@flotilla/queue';

/** Rings newly owed deliveries. Not awaited and never failing: what gets lost the sweep rings again. */
export function ringDeliveries(queue: Pick<Queue, 'ring'>, deliveryIds: readonly string[]): void {
  for (const deliveryId of deliveryIds) {
    void queue.ring({ job: 'delivery', deliveryId, ring: 1 });
  }
}
