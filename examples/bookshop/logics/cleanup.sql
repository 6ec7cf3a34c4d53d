---
description: forget orders that were cancelled a month ago
---
delete from orders where status = 'cancelled' and placed_at < now() - interval '30 days';
