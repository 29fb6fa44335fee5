SELECT driver_id FROM assignments WHERE active AND driver_id = ANY ($1::text[])
